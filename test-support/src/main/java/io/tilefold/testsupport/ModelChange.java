package io.tilefold.testsupport;

import java.util.ArrayList;
import java.util.List;

/** An event that is taken, or taken back. */
public record ModelChange(ModelEvent event, boolean takenBack) {

    public static ModelChange take(ModelEvent event) {
        return new ModelChange(event, false);
    }

    public static ModelChange takeBack(ModelEvent event) {
        return new ModelChange(event, true);
    }

    /** Every event taken, none taken back. */
    public static List<ModelChange> taking(List<ModelEvent> events) {
        List<ModelChange> changes = new ArrayList<>();
        events.forEach(event -> changes.add(take(event)));
        return changes;
    }
}
