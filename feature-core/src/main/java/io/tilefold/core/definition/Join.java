package io.tilefold.core.definition;

import io.tilefold.core.value.Schema;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * GroupBys joined to a left source (which drives offline only): SEMANTICS.md §1.
 *
 * @param skewKeys left column to SQL literals; offline only
 * @param latencyBudgetMs budget of an online request where it brings no deadline
 */
public record Join(
        String name,
        Source left,
        List<JoinPart> parts,
        List<String> rowIds,
        List<Derivation> derivations,
        Map<String, List<String>> skewKeys,
        List<BootstrapPart> bootstrapParts,
        List<ExternalPart> externalParts,
        Optional<Schema> contextual,
        Optional<LabelPart> labelPart,
        boolean online,
        boolean production,
        Optional<Integer> latencyBudgetMs,
        MetaData metaData) {
    public Join {
        parts = List.copyOf(parts);
        rowIds = List.copyOf(rowIds);
        derivations = List.copyOf(derivations);
        skewKeys = Collections.unmodifiableMap(new LinkedHashMap<>(skewKeys));
        bootstrapParts = List.copyOf(bootstrapParts);
        externalParts = List.copyOf(externalParts);
    }

    /** Names of the GroupBys that external parts have offline, in the order of the parts. */
    public List<String> offlineGroupBys() {
        return externalParts.stream()
                .flatMap(part -> part.offlineGroupBy().stream())
                .toList();
    }

    /** A matched left row takes its columns from a table instead of computing them. */
    public record BootstrapPart(String table, Query query, List<String> keys) {
        public BootstrapPart {
            keys = List.copyOf(keys);
        }
    }

    /**
     * Values asked of another service online.
     *
     * @param offlineGroupBy with keys of the same names and outputs of the names of the values: gives them offline, where they are null without it
     */
    public record ExternalPart(
            String name,
            Schema keys,
            Schema values,
            Map<String, String> keyMapping,
            Optional<String> prefix,
            Optional<String> offlineGroupBy) {
        public ExternalPart {
            keyMapping = Collections.unmodifiableMap(new LinkedHashMap<>(keyMapping));
        }

        /** The left column that a key is read from. */
        public String leftColumnOf(String key) {
            return JoinPart.leftColumnOf(key, keyMapping);
        }
    }

    /**
     * Labels joined on keys alone; offline only. Label day L gives left rows of the days from L − (startDays − 1) to L − (endDays − 1) the values at the midnight that
     * ends L.
     *
     * @param part the GroupBy that gives the labels, and where its keys come from
     */
    public record LabelPart(JoinPart part, int startDays, int endDays) {
        public LabelPart(String groupBy, int startDays, int endDays) {
            this(JoinPart.of(groupBy), startDays, endDays);
        }

        public String groupBy() {
            return part.groupBy();
        }
    }

    public static Builder builder(String name, Source left) {
        return new Builder(name, left);
    }

    /** Builds a join. */
    public static final class Builder {
        private final String name;
        private final Source left;
        private final List<JoinPart> parts = new ArrayList<>();
        private List<String> rowIds = List.of();
        private final List<Derivation> derivations = new ArrayList<>();
        private final Map<String, List<String>> skewKeys = new LinkedHashMap<>();
        private final List<BootstrapPart> bootstrapParts = new ArrayList<>();
        private final List<ExternalPart> externalParts = new ArrayList<>();
        private Optional<Schema> contextual = Optional.empty();
        private Optional<LabelPart> labelPart = Optional.empty();
        private boolean online;
        private boolean production;
        private Optional<Integer> latencyBudgetMs = Optional.empty();
        private MetaData metaData = MetaData.NONE;

        private Builder(String name, Source left) {
            this.name = name;
            this.left = left;
        }

        public Builder part(JoinPart part) {
            parts.add(part);
            return this;
        }

        public Builder rowIds(List<String> columns) {
            rowIds = columns;
            return this;
        }

        public Builder derive(String derivedName, String expression) {
            derivations.add(new Derivation(derivedName, expression));
            return this;
        }

        public Builder skewKeys(String leftColumn, List<String> literals) {
            skewKeys.put(leftColumn, List.copyOf(literals));
            return this;
        }

        public Builder bootstrapPart(BootstrapPart part) {
            bootstrapParts.add(part);
            return this;
        }

        public Builder externalPart(ExternalPart part) {
            externalParts.add(part);
            return this;
        }

        public Builder contextual(Schema fields) {
            contextual = Optional.of(fields);
            return this;
        }

        public Builder labelPart(LabelPart part) {
            labelPart = Optional.of(part);
            return this;
        }

        public Builder online(boolean isOnline) {
            online = isOnline;
            return this;
        }

        public Builder production(boolean isProduction) {
            production = isProduction;
            return this;
        }

        public Builder latencyBudgetMs(int milliseconds) {
            latencyBudgetMs = Optional.of(milliseconds);
            return this;
        }

        public Builder metaData(MetaData data) {
            metaData = data;
            return this;
        }

        public Join build() {
            return new Join(
                    name,
                    left,
                    parts,
                    rowIds,
                    derivations,
                    skewKeys,
                    bootstrapParts,
                    externalParts,
                    contextual,
                    labelPart,
                    online,
                    production,
                    latencyBudgetMs,
                    metaData);
        }
    }
}
