package io.tilefold.benchmarks.store;

import io.tilefold.core.definition.Aggregation;
import io.tilefold.core.definition.DefinitionId;
import io.tilefold.core.definition.GroupBy;
import io.tilefold.core.definition.Query;
import io.tilefold.core.definition.Source;
import io.tilefold.core.plan.GroupByPlan;
import io.tilefold.core.value.Field;
import io.tilefold.core.value.Schema;
import io.tilefold.core.value.ValueType.Scalar;
import io.tilefold.store.ActiveGroupBy;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** The GroupBy whose store is measured: 10 counts, 8 bytes each, over 1 h, 1 d, 7 d and 30 d: 40 features of a key. */
final class CountsGroupBy {
    static final int STATES = 10;
    static final int STATES_LENGTH = STATES * Long.BYTES;
    static final int FEATURES = 40;

    /** Column 0 is the key, the others are counted. */
    static final Schema ROW = row();

    private static final Query QUERY = Query.builder().timeColumn("ts").build();

    static final ActiveGroupBy ACTIVE = active('1', "counts", Source.events("events", "events", QUERY));

    /** The same over a table whose rows mutations change. */
    static final ActiveGroupBy OF_MUTATIONS = active(
            '2',
            "counts_of_rows",
            new Source.Entities("rows", Optional.of("row_mutations"), Optional.of("row_mutations"), QUERY));

    private CountsGroupBy() {}

    static GroupByPlan plan() {
        return ACTIVE.plan();
    }

    private static Schema row() {
        List<Field> fields = new ArrayList<>();
        fields.add(new Field("user", Scalar.LONG));
        for (int i = 0; i < STATES; i++) {
            fields.add(new Field(column(i), Scalar.LONG));
        }
        return new Schema(fields);
    }

    private static ActiveGroupBy active(char digit, String name, Source source) {
        GroupBy.Builder builder =
                GroupBy.builder(name).source(source).keys("user").online(true);
        for (int i = 0; i < STATES; i++) {
            builder.aggregate(Aggregation.of("count", column(i)).windows("1h", "1d", "7d", "30d"));
        }
        return new ActiveGroupBy(
                new DefinitionId(String.valueOf(digit).repeat(64)), name, GroupByPlan.compile(builder.build(), ROW));
    }

    private static String column(int index) {
        return "c" + index;
    }
}
