"""What proves who somebody is stands in no log, however signing in goes and whatever fails."""

from shared.testing.waiting import eventually
from tests.journeys import canaries, credentials
from tests.journeys.conftest import Platform


async def test_sessions_tokens_links_digits_and_secrets_stand_in_no_log_whatever_fails(
    platform: Platform,
) -> None:
    got = await credentials.get_credentials(platform)
    await credentials.send_everywhere(platform, got)
    await credentials.come_back(platform, got)
    assert (await credentials.use_link(platform, got, "000000x")).status_code == 422
    await canaries.refuse_rows(platform)
    assert (await credentials.use_link(platform, got, got.digits)).status_code == 500
    await canaries.take_tables_away(platform)
    await credentials.send_everywhere(platform, got)
    await credentials.come_back(platform, got)
    assert (await credentials.use_link(platform, got, got.digits)).status_code == 500

    await eventually(lambda: have_failed(platform))
    assert "/sign-in/link/{token}" in platform.read_log("members")
    assert credentials.find_leaks(platform, got) == set()


async def have_failed(platform: Platform) -> bool:
    return all("request.serve.failed" in platform.read_log(service) for service in platform.dsns)
