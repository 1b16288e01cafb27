package io.tilefold.compiler;

import io.tilefold.compiler.reader.DefinitionSet;
import io.tilefold.compiler.reader.Located;
import io.tilefold.core.definition.GroupBy;
import io.tilefold.core.definition.Join;
import io.tilefold.core.definition.JoinPart;
import io.tilefold.core.definition.Source;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/** A join is compiled behind the GroupBys that it names, a GroupBy behind the joins whose outputs it reads. What reads itself in a circle has no place, nor what is behind it. */
final class CompileOrder {
    private final List<Located<?>> order = new ArrayList<>();
    private final List<Located<?>> circular = new ArrayList<>();

    CompileOrder(DefinitionSet definitions) {
        circular.addAll(definitions.groupBys());
        circular.addAll(definitions.joins());
        Set<String> waiting = new HashSet<>();
        circular.forEach(one -> waiting.add(name(one)));
        boolean moved = true;
        while (moved) {
            moved = false;
            for (Iterator<Located<?>> all = circular.iterator(); all.hasNext(); ) {
                Located<?> one = all.next();
                if (needed(one).noneMatch(waiting::contains)) {
                    all.remove();
                    order.add(one);
                    moved = true;
                    boolean unused = waiting.remove(name(one));
                }
            }
        }
    }

    /** GroupBys and joins, each behind what it needs. */
    Collection<Located<?>> order() {
        return order;
    }

    /** Those without a place. */
    Collection<Located<?>> circular() {
        return circular;
    }

    private static Stream<String> needed(Located<?> one) {
        if (one.definition() instanceof GroupBy groupBy) {
            return groupBy.sources().stream()
                    .flatMap(source -> source instanceof Source.JoinOutput output
                            ? Stream.of("Join " + output.join())
                            : Stream.empty());
        }
        Join join = (Join) one.definition();
        return Stream.of(
                        join.parts().stream().map(JoinPart::groupBy),
                        join.offlineGroupBys().stream(),
                        join.labelPart().stream().map(Join.LabelPart::groupBy))
                .flatMap(names -> names)
                .map(name -> "GroupBy " + name);
    }

    private static String name(Located<?> one) {
        return one.definition() instanceof GroupBy groupBy
                ? "GroupBy " + groupBy.name()
                : "Join " + ((Join) one.definition()).name();
    }
}
