/*
 * The panel's page, which the build makes a text of (scripts/embed-page).
 */
#ifndef MV_CONTROL_PANEL_H
#define MV_CONTROL_PANEL_H

extern const char panel_page[];

#endif
