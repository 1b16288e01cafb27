package io.tilefold.store;

import io.tilefold.core.key.KeyEncoder;
import io.tilefold.core.value.FlatRow;
import io.tilefold.core.value.FlatRowWriter;
import io.tilefold.testsupport.ModelEvent;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Rows of {@link TestGroupBys#ROW} and their keys; one row and one key at a time. */
final class TestRows {
    private final FlatRowWriter writer = new FlatRowWriter(TestGroupBys.ROW.size());
    private final FlatRow row = new FlatRow();
    private final KeyEncoder key = new KeyEncoder();

    static ModelEvent event(
            String user, long timeMs, @Nullable Long amount, @Nullable Double price, @Nullable String merchant) {
        Map<String, @Nullable Object> columns = new LinkedHashMap<>();
        columns.put("user", user);
        columns.put("amount", amount);
        columns.put("price", price);
        columns.put("merchant", merchant);
        return new ModelEvent(timeMs, columns);
    }

    static String user(ModelEvent event) {
        return (String) Objects.requireNonNull(event.get("user"));
    }

    FlatRow row(ModelEvent event) {
        return row((String) event.get("user"), (Long) event.get("amount"), (Double) event.get("price"), (String)
                event.get("merchant"));
    }

    FlatRow row(@Nullable String user, @Nullable Long amount, @Nullable Double price, @Nullable String merchant) {
        writer.reset();
        if (user != null) {
            writer.putString(0, user);
        }
        if (amount != null) {
            writer.putLong(1, amount);
        }
        if (price != null) {
            writer.putDouble(2, price);
        }
        if (merchant != null) {
            writer.putString(3, merchant);
        }
        int length = writer.finish();
        return row.wrap(writer.buffer(), 0, length, TestGroupBys.ROW.size());
    }

    KeyEncoder key(String user) {
        return key.reset().putString(user);
    }

    /** Applies an event, or a mutation to a GroupBy of mutations. */
    static ApplyResult apply(GroupByStore store, TestRows rows, ModelMutation mutation) {
        if (!store.plan().isMutable()) {
            return apply(store, rows, mutation.changes().get(0).event());
        }
        KeyEncoder key = rows.key(mutation.user());
        ModelEvent before = mutation.before();
        ModelEvent after = mutation.after();
        return store.mutate(
                key.buffer(),
                0,
                key.length(),
                key.hash(),
                before == null ? null : new TestRows().row(before),
                before == null ? GroupByStore.NO_TIME : before.timeMs(),
                after == null ? null : rows.row(after),
                after == null ? GroupByStore.NO_TIME : after.timeMs(),
                mutation.atMs());
    }

    static ApplyResult apply(GroupByStore store, TestRows rows, ModelEvent event) {
        KeyEncoder key = rows.key(user(event));
        return store.apply(key.buffer(), 0, key.length(), rows.row(event), event.timeMs());
    }
}
