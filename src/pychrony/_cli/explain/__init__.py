"""`pychrony explain`: the clock and its sources in sentences.

`explaining` reads the reports and prints. The sentences lie in tables: `states` has those of a
source's state, `causes` why nothing comes from it, `findings` what `check` finds. `sources` picks
from these and puts values in, `clock` has the clock and the summary, `numbers` writes numbers in
words.
"""
