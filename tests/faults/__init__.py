"""The fault suite (`make faults`): real processes under load, faults of all kinds, a ledger that shows what was lost.

To add a row: write `async def what(stage: Stage) -> None` in a module of `rows/`, which makes load and faults with
`async with stage.load(writer), stage.fault("name"): …`, and list it in that module's
`ROWS = (Row(number, name, what), …)`. The runner gives a fresh stage, and checks when the row has ended.
"""
