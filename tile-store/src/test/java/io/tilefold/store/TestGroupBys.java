package io.tilefold.store;

import io.tilefold.core.algebra.OperationArgs;
import io.tilefold.core.definition.Accuracy;
import io.tilefold.core.definition.Aggregation;
import io.tilefold.core.definition.DefinitionId;
import io.tilefold.core.definition.GroupBy;
import io.tilefold.core.definition.Query;
import io.tilefold.core.definition.Source;
import io.tilefold.core.plan.GroupByPlan;
import io.tilefold.core.value.Field;
import io.tilefold.core.value.Schema;
import io.tilefold.core.value.ValueType.Scalar;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/** GroupBys over one kind of row, with states of fixed and of growing length. */
final class TestGroupBys {
    static final Schema ROW = Schema.of(
            new Field("user", Scalar.STRING),
            new Field("amount", Scalar.LONG),
            new Field("price", Scalar.DOUBLE),
            new Field("merchant", Scalar.STRING));

    private static final String[] WINDOWS = {"1h", "6h", "1d", "7d", "30d"};

    /** Every tile has one length: updated in place. */
    static final ActiveGroupBy FIXED = active(
            "fixed",
            'a',
            definition("fixed")
                    .aggregate(Aggregation.of("count", "amount").windows(WINDOWS))
                    .aggregate(Aggregation.of("count", "amount"))
                    .aggregate(Aggregation.of("sum", "amount").windows(WINDOWS))
                    .aggregate(Aggregation.of("average", "price").windows("1h", "7d"))
                    .aggregate(Aggregation.of("min", "amount").windows("1d", "30d"))
                    .aggregate(Aggregation.of("max", "price").windows("6h"))
                    .aggregate(Aggregation.of("last", "amount").windows("1h", "30d"))
                    .aggregate(Aggregation.of("first", "amount")));

    /** Tiles grow with what they hold. */
    static final ActiveGroupBy GROWING = active(
            "growing",
            'b',
            definition("growing")
                    .aggregate(Aggregation.of("count", "amount").windows(WINDOWS))
                    .aggregate(Aggregation.of("unique_count", "merchant").windows(WINDOWS))
                    .aggregate(Aggregation.of("unique_count", "merchant"))
                    .aggregate(Aggregation.of("last_k", "merchant").k(3).windows("1h", "7d"))
                    .aggregate(Aggregation.of("average", "price")
                            .buckets("merchant")
                            .windows("6h", "30d"))
                    .aggregate(Aggregation.of("top_k", "amount").k(4).windows("1d")));

    /** For readers that check what they see: count = sum of ones = sum over buckets, and whose it is. */
    static final ActiveGroupBy INVARIANT = active(
            "invariant",
            'c',
            definition("invariant")
                    .aggregate(Aggregation.of("count", "amount").windows("1h", "1d", "30d"))
                    .aggregate(Aggregation.of("sum", "amount").windows("1h", "1d", "30d"))
                    .aggregate(Aggregation.of("count", "amount")
                            .buckets("merchant")
                            .windows("1h", "1d", "30d"))
                    .aggregate(Aggregation.of("min", "price").windows("1h", "1d", "30d"))
                    .aggregate(Aggregation.of("max", "price").windows("1h", "1d", "30d")));

    /** The same without buckets: tiles of fixed length. */
    static final ActiveGroupBy FIXED_INVARIANT = active(
            "fixed_invariant",
            'd',
            definition("fixed_invariant")
                    .aggregate(Aggregation.of("count", "amount").windows("1h", "1d", "30d"))
                    .aggregate(Aggregation.of("sum", "amount").windows("1h", "1d", "30d"))
                    .aggregate(Aggregation.of("min", "price").windows("1h", "1d", "30d"))
                    .aggregate(Aggregation.of("max", "price").windows("1h", "1d", "30d")));

    /** No window holds an hour: live keeps five-minute tiles alone. */
    static final ActiveGroupBy SHORT = active(
            "short",
            'f',
            definition("short")
                    .aggregate(Aggregation.of("count", "amount").windows("1h"))
                    .aggregate(Aggregation.of("sum", "amount").windows("1h"))
                    .aggregate(Aggregation.of("last_k", "merchant").k(2).windows("1h")));

    /** No window holds a day: live keeps five-minute and hour tiles. */
    static final ActiveGroupBy HOURS = active(
            "hours",
            '1',
            definition("hours")
                    .aggregate(Aggregation.of("count", "amount").windows("2h", "5h", "23h"))
                    .aggregate(Aggregation.of("max", "price").windows("5h", "13h")));

    /** Events are taken back. */
    static final ActiveGroupBy MUTABLE = active(
            "mutable",
            '2',
            ofMutations("mutable")
                    .aggregate(Aggregation.of("count", "amount").windows("6h", "3d"))
                    .aggregate(Aggregation.of("count", "amount"))
                    .aggregate(Aggregation.of("sum", "amount").windows("6h", "3d"))
                    .aggregate(Aggregation.of("average", "price")
                            .buckets("merchant")
                            .windows("1d")));

    /** The smallest of mutations: one counter of an hour and of all of history. */
    static final ActiveGroupBy COUNT_OF_MUTATIONS = active(
            "count_of_mutations",
            '6',
            ofMutations("count_of_mutations")
                    .aggregate(Aggregation.of("count", "amount").windows("1h"))
                    .aggregate(Aggregation.of("count", "amount")));

    static final ActiveGroupBy SNAPSHOT = active(
            "snapshot",
            'e',
            definition("snapshot")
                    .accuracy(Accuracy.SNAPSHOT)
                    .aggregate(Aggregation.of("count", "amount").windows("7d")));

    /** The smallest: one counter. */
    static final ActiveGroupBy COUNT = active(
            "count",
            'f',
            definition("count").aggregate(Aggregation.of("count", "amount").windows("1h")));

    /** The smallest with hour tiles. */
    static final ActiveGroupBy COUNT_BY_HOUR = active(
            "count_by_hour",
            '3',
            definition("count_by_hour")
                    .aggregate(Aggregation.of("count", "amount").windows("2h")));

    /** Room for some 100,000 buckets. */
    static final ActiveGroupBy WIDE = active("wide", '4', buckets("wide", 16 << 20));

    static final int NARROW_BOUND = 256 << 10;

    /** Room for some thousands. */
    static final ActiveGroupBy NARROW = active("narrow", '5', buckets("narrow", NARROW_BOUND));

    private TestGroupBys() {}

    private static GroupBy.Builder buckets(String name, int maxStateBytes) {
        return definition(name)
                .aggregate(Aggregation.of("count", "amount")
                        .buckets("merchant")
                        .args(new OperationArgs(OptionalInt.empty(), List.of(), OptionalInt.of(maxStateBytes)))
                        .windows("7d"));
    }

    private static GroupBy.Builder ofMutations(String name) {
        return GroupBy.builder(name)
                .source(new Source.Entities(
                        "entities",
                        Optional.of("mutations"),
                        Optional.of("topic"),
                        Query.builder().timeColumn("ts").build()))
                .keys("user")
                .online(true);
    }

    private static GroupBy.Builder definition(String name) {
        Query query = Query.builder().timeColumn("ts").build();
        return GroupBy.builder(name)
                .source(Source.events("events", "topic", query))
                .keys("user")
                .online(true);
    }

    private static ActiveGroupBy active(String name, char digit, GroupBy.Builder definition) {
        return new ActiveGroupBy(
                new DefinitionId(String.valueOf(digit).repeat(64)), name, GroupByPlan.compile(definition.build(), ROW));
    }
}
