"""How do the YAML files that people write become a strategy and rules, and where are they wrong?"""
