"""A thin stand-in for QGIS 4, which no package offers yet.

What is real: Qt 6, through PyQt6. What is not: everything of QGIS. The classes here
have the base classes and signals that building the plugin's widgets needs, and take
whatever else is asked of them without doing it. Tests with it say whether the plugin's
code suits Qt 6; what it does with QGIS is for the tests in a real one.
"""
