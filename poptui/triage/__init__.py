"""Why a message looks like spam, the filter language, rules: pure, over headers alone."""
