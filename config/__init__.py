"""The ground floor: clock, money, calendar, database, mail, jobs. It knows no business."""
