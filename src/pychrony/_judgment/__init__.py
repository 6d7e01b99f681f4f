"""Judge whether the clock is good enough, for programs and for monitoring systems.

`judge` is what connections use. `limits` are what is allowed, `inquiry` says what chronyd must be
asked, and `clock` judges the answers. `causes` finds out why a clock follows nothing, `reasons` why
a source is not used. `failures` judges a chronyd that gave no answer. All that they find is data,
and nothing else judges.
"""
