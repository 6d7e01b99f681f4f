"""The command line: reports in chronyc's words, the check for monitoring systems, waiting.

`main` runs it and `options` says what may be asked. A report is read by `reports`, shown by
`showing` through `as_text` and `as_csv`, or as JSON, and again and again by `watching`. `checking`
judges and waits. `hosts` asks many hosts.
"""
