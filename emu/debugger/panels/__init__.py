"""What a full-screen debugger shows, as lines of styled text: a view-model without any terminal.

Each panel knows its rows and where it stands in them; `draw(rows, columns)` gives the lines to show. Styles are names
(`Style`); what they look like is the front end's business. A panel reads the machine when it is drawn, so it is drawn
only while nobody runs the machine.
"""
