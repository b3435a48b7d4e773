"""Measures omnitok beside its peers: ``python -m bench run``, ``python -m bench render``.

A *row* is one thing that is measured. It does its work in *tasks*, which run in fresh processes, and keeps every sample
in ``reports/bench/results.json``. All tables are made from that file; no figure is written by hand.
"""
