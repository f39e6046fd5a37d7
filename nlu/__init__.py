"""The ear: an utterance in, understanding out.

One thread for linear algebra: the ear's matrices are small, and threads that fight over them make every
utterance five times slower. It must be said before numpy is first imported.
"""

import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
