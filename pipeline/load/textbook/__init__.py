"""The reference of `load -- --long`: the same answers by Flask and gunicorn as their own manuals tell it. No part of the product."""
