"""Counts that last: of a day, a language and a model. No text, no names, no paths; never sent."""
