"""Studies which vocabulary is best for 20 languages: ``python -m study run``, ``python -m study render``.

The training text is cleaned of everything that is measured on (:mod:`study.overlap`, :mod:`study.text`). A *variant* is
a way to train (:mod:`study.variants`); what it takes is made once (:mod:`study.workshop`). What a vocabulary needs on
every set is measured (:mod:`study.measuring`, :mod:`study.figures`) and kept in ``reports/vocabulary/results.json``,
from which all tables and charts are made. Whatever *chooses* sees the development sets only (:mod:`study.choosing`,
:mod:`study.shares`); NTREX-128 is held out of every choice and measured when all are made.
"""
