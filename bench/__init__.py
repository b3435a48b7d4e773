"""Measures omnitok beside its peers: ``python -m bench run``, ``python -m bench render``.

A *row* is a kind of thing that is measured. It does its work in *tasks*, which run in other processes, and keeps every
sample in ``reports/bench/results.json``. A *contest* is one thing that omnitok and its peers all did. All tables and
charts are made from that file; no figure is written by hand.
"""
