"""The members' guide, sentence by sentence: a file for each chapter, in the order of the guide."""
