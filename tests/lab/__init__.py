"""Tests of what runs beside student code; nursery.py and programs.py are shared by them."""
