package io.tilefold.servingbench;

import io.tilefold.catalog.CatalogCodec;
import io.tilefold.catalog.DefinitionIds;
import io.tilefold.core.definition.Aggregation;
import io.tilefold.core.definition.Catalog;
import io.tilefold.core.definition.Catalog.CompiledGroupBy;
import io.tilefold.core.definition.Catalog.CompiledJoin;
import io.tilefold.core.definition.GroupBy;
import io.tilefold.core.definition.Join;
import io.tilefold.core.definition.JoinPart;
import io.tilefold.core.definition.Query;
import io.tilefold.core.definition.Source;
import io.tilefold.core.value.Field;
import io.tilefold.core.value.Schema;
import io.tilefold.core.value.ValueType.Scalar;
import java.util.ArrayList;
import java.util.List;

/** What is served: five GroupBys by card of five operations over two windows each, and the join of all: 50 features of a card. */
final class Cards {
    static final String JOIN = "card_context";
    static final int GROUP_BYS = 5;
    /** Per GroupBy. A static initialiser below reads it. */
    private static final String[][] WINDOWS = {{"1h", "1d"}, {"6h", "7d"}, {"12h", "14d"}, {"1d", "30d"}, {"3h", "3d"}};

    static final Schema ROW = Schema.of(new Field("card", Scalar.LONG), new Field("amount", Scalar.DOUBLE));
    static final Catalog CATALOG = catalog();
    static final byte[] CATALOG_BYTES = CatalogCodec.encode(CATALOG);

    private Cards() {}

    /** The key of the n-th card: numbers ascend as the encoded keys' bytes do. */
    static long card(long number) {
        return Long.reverseBytes(number);
    }

    private static Source events() {
        return Source.events(
                "payments", "payments", Query.builder().timeColumn("ts").build());
    }

    private static CompiledGroupBy groupBy(int index) {
        GroupBy.Builder builder =
                GroupBy.builder("cards" + index).source(events()).keys("card").online(true);
        for (String operation : List.of("count", "sum", "average", "min", "max")) {
            builder.aggregate(Aggregation.of(operation, "amount").windows(WINDOWS[index]));
        }
        GroupBy definition = builder.build();
        return new CompiledGroupBy(DefinitionIds.of(definition, List.of(ROW), ROW), definition, List.of(ROW), ROW);
    }

    private static Catalog catalog() {
        List<CompiledGroupBy> groupBys = new ArrayList<>();
        Join.Builder join = Join.builder(JOIN, events()).online(true);
        for (int i = 0; i < GROUP_BYS; i++) {
            CompiledGroupBy groupBy = groupBy(i);
            groupBys.add(groupBy);
            join.part(JoinPart.of(groupBy.name()));
        }
        Schema left = Schema.of(new Field("card", Scalar.LONG));
        Join definition = join.build();
        CompiledJoin compiled = new CompiledJoin(
                DefinitionIds.of(
                        definition,
                        left,
                        groupBys.stream().map(CompiledGroupBy::id).toList()),
                definition,
                ROW,
                left);
        return new Catalog(groupBys, List.of(compiled), List.of());
    }
}
