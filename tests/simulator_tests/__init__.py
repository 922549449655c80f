"""Tests of the simulator: does it answer as PagerDuty does?"""
