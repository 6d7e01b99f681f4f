"""The command line: reports in chronyc's words, the check for monitoring systems, waiting.

`main` runs it. `options` says what may be asked, `judging_options` what of the commands that
judge, and `arguments` has what all of them share. Reports are read by `reports`, shown by
`showing` through `as_text` and `as_csv`, or as JSON, and again and again by `watching`; `legends`
explains tables. `checking` judges and `waiting` waits. `hosts` asks many hosts.
"""
