"""A result to a figure: figure model, layout in points, drawing.

``result -> FigureModel`` (pure data, :mod:`k2meta.figures.looks.model`) ``-> Page`` (a display list in
points, :mod:`k2meta.figures.looks.display`) ``-> K2Figure`` (:mod:`k2meta.figures.page.canvas`). Its folders
import downwards only::

    companions | forest | flow > bias > chart > page > axes > words > looks > lettering

To add a theme, write one file ``looks/theme_<name>.py`` that calls ``register_theme``. To add a figure, write
a function that builds a :class:`~k2meta.figures.chart.chart.Chart` in either language, or a display list of
its own that it hands to :class:`~k2meta.figures.page.canvas.K2Figure`.

Every artist has a gid, where ``<i>`` is the place in ``fig.k2meta["rows"]``:

- ``k2:study-square`` (one collection), ``k2:ci:<i>``, ``k2:diamond:<i>``, ``k2:pi:<i>``,
  ``k2:arrow:<i>:lo|hi``;
- ``k2:text:<row>:<column>``, ``k2:text:head:<column>``, ``k2:text:tick:<n>``,
  ``k2:text:axis:title|favours``, ``k2:text:statistic:<n>``, ``k2:text:footnote:<n>``;
- ``k2:bg:*`` for rules, axis and reference lines.
"""
