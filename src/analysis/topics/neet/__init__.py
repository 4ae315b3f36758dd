"""Young people not in education, employment or training: who is counted, who is not known, what a document says."""
