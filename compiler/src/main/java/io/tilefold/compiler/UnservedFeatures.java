package io.tilefold.compiler;

import io.tilefold.core.definition.GroupBy;
import io.tilefold.core.definition.Join;
import io.tilefold.core.definition.Source;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Stream;

/**
 * What can be defined and is not served by this version: refused for online definitions rather than answered wrongly. A version that
 * learns one deletes its line.
 */
final class UnservedFeatures {
    /** A feature: the fields of a definition that use it. */
    private record Feature<T>(String name, Function<T, Stream<String>> fields) {}

    private static final List<Feature<Source>> OF_SOURCES = List.of(
            new Feature<>("entities", source -> used("", source instanceof Source.Entities)),
            new Feature<>("join as a source", source -> used("", source instanceof Source.JoinOutput)),
            new Feature<>(
                    "cumulative", source -> used(".cumulative", source instanceof Source.Events e && e.cumulative())),
            new Feature<>(
                    "setups",
                    source -> used(".query.setups", !source.query().setups().isEmpty())),
            new Feature<>(
                    "reversal",
                    source -> used(
                            ".query.reversalColumn",
                            source.query().reversalColumn().isPresent())));

    private static final List<Feature<Join>> OF_JOINS = List.of(
            new Feature<>("skewKeys", join -> used("skewKeys", !join.skewKeys().isEmpty())),
            new Feature<>(
                    "bootstrap parts",
                    join -> used("bootstrapParts", !join.bootstrapParts().isEmpty())));

    private UnservedFeatures() {}

    static void check(GroupBy groupBy, Findings findings) {
        if (!groupBy.online()) {
            return;
        }
        for (int i = 0; i < groupBy.sources().size(); i++) {
            check(groupBy.sources().get(i), "sources[" + i + "]", findings);
        }
    }

    static void check(Join join, Findings findings) {
        if (!join.online()) {
            return;
        }
        check(join.left(), "left", findings);
        OF_JOINS.forEach(
                feature -> feature.fields().apply(join).forEach(field -> refuse(feature.name(), field, findings)));
    }

    private static void check(Source source, String field, Findings findings) {
        String path = Sources.path(field, source);
        OF_SOURCES.forEach(feature ->
                feature.fields().apply(source).forEach(below -> refuse(feature.name(), path + below, findings)));
    }

    private static void refuse(String feature, String field, Findings findings) {
        findings.refuse(
                field,
                "",
                feature + " is not served by this version",
                "remove it, or write online: false to use it offline");
    }

    private static Stream<String> used(String field, boolean isUsed) {
        return isUsed ? Stream.of(field) : Stream.empty();
    }
}
