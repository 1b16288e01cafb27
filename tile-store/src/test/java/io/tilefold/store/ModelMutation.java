package io.tilefold.store;

import io.tilefold.testsupport.ModelChange;
import io.tilefold.testsupport.ModelEvent;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What happens to one key: an event, or a mutation of a table's row.
 *
 * @param before row taken back
 * @param after event, or row added; a row of time {@link GroupByStore#NO_TIME} has none
 * @param atMs time of the event, or of the mutation
 */
record ModelMutation(@Nullable ModelEvent before, @Nullable ModelEvent after, long atMs) {
    static ModelMutation event(ModelEvent event) {
        return new ModelMutation(null, event, event.timeMs());
    }

    String user() {
        return TestRows.user(changes().get(0).event());
    }

    /** An update takes back before it adds. */
    List<ModelChange> changes() {
        List<ModelChange> changes = new ArrayList<>();
        if (before != null) {
            changes.add(ModelChange.takeBack(before));
        }
        if (after != null) {
            changes.add(ModelChange.take(after));
        }
        return changes;
    }
}
