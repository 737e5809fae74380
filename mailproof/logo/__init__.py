"""Logos for BIMI: what receivers ask of the SVG and of its certificate, judged on the files."""
