"""A result to a figure: figure model, layout in points, drawing.

``result -> FigureModel`` (:mod:`~k2meta.figures.forest_model`: rows, columns, texts as runs) ``-> Layout``
(:mod:`~k2meta.figures.layout`: a display list in points, pure) ``-> K2Figure`` (:mod:`~k2meta.figures.draw`).

To add a theme, write one file ``theme_<name>.py`` that calls ``register_theme``. To add a figure, write a
function that builds a :class:`~k2meta.figures.display.Layout` and hands its pages to
:class:`~k2meta.figures.canvas.K2Figure`.

Every artist has a gid, where ``<i>`` is the place in ``fig.k2meta["rows"]``:

- ``k2:study-square`` (one collection), ``k2:ci:<i>``, ``k2:diamond:<i>``, ``k2:pi:<i>``,
  ``k2:arrow:<i>:lo|hi``;
- ``k2:text:<row>:<column>``, ``k2:text:head:<column>``, ``k2:text:tick:<n>``,
  ``k2:text:axis:title|favours``, ``k2:text:statistic:<n>``, ``k2:text:footnote:<n>``;
- ``k2:bg:*`` for rules, axis and reference lines.
"""
