"""Tests of the small language and the trainings."""
