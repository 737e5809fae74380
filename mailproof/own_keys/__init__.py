"""Own DKIM keys: made, and exchanged step by step, each with its proof."""
