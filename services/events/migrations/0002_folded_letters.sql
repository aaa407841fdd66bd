-- The search folds letters with strokes and hooks too (shared/folding.py). What is stored was folded without that: each
-- sign of it becomes what it is folded to now.
CREATE FUNCTION fold_again(folded text) RETURNS text LANGUAGE sql IMMUTABLE
RETURN replace(replace(replace(translate(
    regexp_replace(
        folded,
        '[\u00ad\u034f\u0600-\u0605\u061c\u0640\u06dd\u070f\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff\ufff9-\ufffb]',
        '', 'g'),
        'ABCDEFGHIJKLMNOPQRSTUVWXYZ'
        'ðøđħıĸłŋŧƀƃƈƌƒƙƚƞƥƫƭƴƶǥȡȥȴȵȶȷȼȿɀɇɉɋɍɏɓɕɖɗəɠɦɨɫɬɭɱɲɳɼɽɾʂʈʋʐʑʝʠʻʼѽҋҏґғҕҗҙқҝҟңҧҫҭүұҳҷҹҿӄӆӈӊӎәөӷӻӽӿ'
        'ԓԡԣԥԧԩԯةى٠١٢٣٤٥٦٧٨٩ٱکی۰۱۲۳۴۵۶۷۸۹ᵬᵭᵮᵯᵰᵱᵲᵳᵴᵵᵶᵽᶀᶁᶂᶃᶄᶅᶆᶇᶈᶉᶊᶌᶍᶎᶏᶑᶒᶖᶙỿ‐–—‘’−ⱡⱥⱦⱨⱪⱬⱱⱳⱴⱸⱺꙑꚋꝁꝃꝅꝉꝋꝍꝑꝓꝕꝗꝙꝟ'
        'ꞎꞑꞓꞔꞕꞗꞙꞡꞣꞥꞧꞩꞹꟈꟊꬴꬷꬸꬹꬺꬻꭉꭎꭒꭖꭗꭘꭙꭚ𝼉𝼑𝼓𝼖𝼚𝼛𝼝𝼞',
        'abcdefghijklmnopqrstuvwxyz'
        'dodhiqlntbbcdfklnpttyzgdzlntjcszejqrybcddaghilllmnnrrrstvzzjq''''ѡиргггжзкккнпстуухччҽклннмаогг'
        'ххллнпһнлهي0123456789اكي0123456789bdfmnprrstzpbdfgklmnprsvxzadeiuy---''''-lathkzvwveoытkkkloopp'
        'pqqvlncchbfgknrsudselllmnruuxxxxytllriocs'),
    'æ', 'ae'), 'œ', 'oe'), 'þ', 'th');

UPDATE offer SET search = fold_again(search) WHERE search IS DISTINCT FROM fold_again(search);
UPDATE organisation SET search = fold_again(search) WHERE search IS DISTINCT FROM fold_again(search);

DROP FUNCTION fold_again;
