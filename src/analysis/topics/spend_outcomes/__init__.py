"""The national panel: does what changes in early-help spend go with what changes in children's outcomes?"""
