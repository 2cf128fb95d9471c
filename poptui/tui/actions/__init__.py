"""What the user can do: the keys, names and explanations of all actions, by group."""
