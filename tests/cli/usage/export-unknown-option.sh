# An option of the exporter that is nearly one.
exhibit_export archive x --orign y
