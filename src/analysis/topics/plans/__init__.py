"""The plans of the documents: the action plan of 2013/14 and its reviews, the activities, indicators and strategies."""
