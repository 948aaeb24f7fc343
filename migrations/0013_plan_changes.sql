-- What is entered for statements, and what was kept, is news to a running window like everything else.
CREATE TRIGGER plan_costs_inserted AFTER INSERT ON plan_costs BEGIN UPDATE config_version SET version = version + 1; END;
CREATE TRIGGER plan_costs_updated AFTER UPDATE ON plan_costs BEGIN UPDATE config_version SET version = version + 1; END;
CREATE TRIGGER plan_costs_deleted AFTER DELETE ON plan_costs BEGIN UPDATE config_version SET version = version + 1; END;
CREATE TRIGGER plan_bills_inserted AFTER INSERT ON plan_bills BEGIN UPDATE config_version SET version = version + 1; END;
CREATE TRIGGER plan_bills_updated AFTER UPDATE ON plan_bills BEGIN UPDATE config_version SET version = version + 1; END;
CREATE TRIGGER plan_bills_deleted AFTER DELETE ON plan_bills BEGIN UPDATE config_version SET version = version + 1; END;
CREATE TRIGGER plan_adjustments_inserted AFTER INSERT ON plan_adjustments BEGIN UPDATE config_version SET version = version + 1; END;
CREATE TRIGGER plan_adjustments_deleted AFTER DELETE ON plan_adjustments BEGIN UPDATE config_version SET version = version + 1; END;
CREATE TRIGGER statements_inserted AFTER INSERT ON statements BEGIN UPDATE config_version SET version = version + 1; END;
