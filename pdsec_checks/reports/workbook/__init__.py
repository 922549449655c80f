"""Workbooks as Excel, LibreOffice and Gnumeric read them, written row by row."""
