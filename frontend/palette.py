"""The colours of the charts, each with the contrast that it reaches on a white and on a dark page.

All but the grey are Okabe and Ito's, which people with any kind of colour vision tell apart. Graphics need 3:1, which
their orange, sky blue and yellow do not reach on white. `highlighted_text.css` has blue and vermilion, too.
"""

from __future__ import annotations

BLUE = "#0072B2"
"""5.2:1 on white, 3.6:1 on dark."""
VERMILION = "#D55E00"
"""3.9:1 on white, 4.9:1 on dark."""
GREEN = "#009E73"
"""3.4:1 on white, 5.5:1 on dark."""
PURPLE = "#CC79A7"
"""3.1:1 on white, 6.2:1 on dark."""
GREY = "#808080"
"""3.9:1 on white, 4.8:1 on dark."""
