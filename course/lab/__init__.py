"""What runs beside student code: worlds in virtual time, schedules, collaborators, traces. It knows no verdict."""
