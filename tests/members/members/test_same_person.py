"""Who shares an address, and whose name is only written otherwise."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.members.members.same_person import PersonName, is_same_person

NAMES = st.builds(PersonName, st.text(max_size=20), st.text(max_size=20))
ONE_PERSON = [
    (("Anna", "Müller-Lüdenscheidt"), ("Anna", "Mueller")),
    (("Anna", "Müller"), ("Müller", "Anna")),
    (("Dr. Anna", "Müller"), ("Anna", "Meier")),
    (("Prof. Anna", "Müller"), ("Dr. Anna", "Meier")),
    (("A.", "Müller"), ("Anna", "Müller")),
    (("Xiao Ming", "Wang"), ("小明", "王")),
    (("Xiao-Ming", "Wang"), ("Xiaoming", "Wang")),
    (("Hans-Peter", "Kahl"), ("Hanspeter", "Kahl")),
    (("Ana Lia", "Cruz"), ("Analia", "Souza")),
    (("", "Li Na"), ("Na", "Li")),
    (("", "LiNa"), ("Na", "Li")),
    (("Anna Maria", "Müller"), ("Anna", "Meier")),
    (("Peter", "Kahl"), ("Hans-Peter", "Kahl")),
    (("Mohamed", "Ahmed"), ("Muhammad", "Ahmad")),
    (("محمد", "أحمد"), ("Mohammed", "Ahmed")),
    (("", "Sukarni"), ("Sukarni", "")),
    (("", "Nguyễn Văn An"), ("Van An", "Nguyen")),
    (("", "王小明"), ("Xiaoming", "Wang")),
    (("Jan", "van der Berg"), ("Jan", "Vanderberg")),
    (("Stephan", "Huber"), ("Stefan", "Huber")),
    (("Katharina", "H"), ("Katarina", "H")),
    (("Carl", "H"), ("Karl", "H")),
    (("Günther", "H"), ("Günter", "H")),
    (("Micheal", "H"), ("Michael", "H")),
    (("Alex", "Hu"), ("Alexander", "Hu")),
    (("Дмитрий", "Кузнецов"), ("Dmitry", "Kuznetsov")),
    (("דוד", "כהן"), ("David", "Cohen")),
    (("😀", "x"), ("😀", "x")),
    (("", "Halm"), ("Hedi", "Halm")),
    (("Yulia", "Zhukova"), ("Julija", "Schukowa")),
    (("Ekaterina", "Ivanova"), ("Jekaterina", "Iwanowa")),
    (("Sergey", "I"), ("Sergej", "I")),
    (("Yevgeny", "I"), ("Jewgeni", "I")),
]
# Couples, families, colleagues.
TWO_PERSONS = [
    (("Gisa", "Gerlach"), ("Gustav", "Gerlach")),
    (("Hedi", "Halm"), ("Hugo", "Halm")),
    (("Andrea", "Koch"), ("Andreas", "Koch")),
    (("Maria", "K"), ("Mario", "K")),
    (("Jan", "K"), ("Jana", "K")),
    (("Martin", "K"), ("Martina", "K")),
    (("Paul", "K"), ("Paula", "K")),
    (("Christian", "K"), ("Christina", "K")),
    (("Christian", "K"), ("Christiane", "K")),
    (("Anna", "K"), ("Hanna", "K")),
    (("Lea", "K"), ("Lena", "K")),
    (("Tim", "K"), ("Tom", "K")),
    (("", "Sukarni"), ("Suparman", "")),
    (("Anna", "Kurz"), ("Berta", "Lang")),
    (("Hans-Peter", "K"), ("Hans-Jürgen", "K")),
    (("Ji-woo", "Kim"), ("Ji-hoon", "Kim")),
    (("Xiaoming", "Wang"), ("Xiaohong", "Wang")),
    (("Ali", "Khan"), ("Aisha", "Khan")),
    (("Josef", "H"), ("Josefine", "H")),
    (("Alexander", "H"), ("Alexandra", "H")),
    (("Stefan", "H"), ("Stefanie", "H")),
    (("Michael", "H"), ("Michaela", "H")),
    (("Dr. Gisa", "G"), ("Dr. Gustav", "G")),
    (("فاطمة", "حسن"), ("أحمد", "حسن")),
    (("小明", "王"), ("小红", "王")),
    (("Иван", "Петров"), ("Анна", "Петрова")),
    (("H.", "Halm"), ("G.", "Halm")),
    (("A.", "Schmidt"), ("Anna", "Meier")),
    (("Ulrich", "H"), ("Ulrike", "H")),
    (("Friedrich", "H"), ("Friederike", "H")),
    (("Robert", "H"), ("Rupert", "H")),
    (("Louis", "H"), ("Louise", "H")),
    (("François", "H"), ("Françoise", "H")),
    (("Wilhelm", "H"), ("Wilhelmine", "H")),
    (("Karin", "H"), ("Katrin", "H")),
    (("Julian", "H"), ("Juliane", "H")),
    (("Frauke", "H"), ("Frank", "H")),
    (("Gast 1", "Messe"), ("Gast 2", "Messe")),
]


@pytest.mark.parametrize(("one", "other"), ONE_PERSON)
def test_a_name_that_is_written_otherwise_is_one_persons(
    one: tuple[str, str], other: tuple[str, str]
) -> None:
    assert is_same_person(PersonName(*one), PersonName(*other))
    assert is_same_person(PersonName(*other), PersonName(*one))


@pytest.mark.parametrize(("one", "other"), TWO_PERSONS)
def test_another_given_name_is_another_person(one: tuple[str, str], other: tuple[str, str]) -> None:
    assert not is_same_person(PersonName(*one), PersonName(*other))
    assert not is_same_person(PersonName(*other), PersonName(*one))


@given(NAMES, NAMES)
def test_whoever_comes_first_is_told_from_the_other_alike(one: PersonName, other: PersonName) -> None:
    assert is_same_person(one, one)
    assert is_same_person(one, other) == is_same_person(other, one)
    assert is_same_person(one, PersonName(one.family_name, one.given_name))
