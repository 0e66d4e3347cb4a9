"""How likely is a win within the horizon, how sure is that, and why? The only door to scikit-learn.

Read in this order: `features` (what is looked at), `fit` (learning), `scorecard` (the learned
value: one deal, reasons, artifact), `bulk` (the same numbers for many deals). Only `fit` needs
scikit-learn and only `bulk` needs numba; a stored model answers for one deal with neither.
"""
