package io.tilefold.ingest.apply;

import io.tilefold.catalog.CatalogCodec;
import io.tilefold.core.definition.Catalog;
import io.tilefold.core.definition.Catalog.CompiledGroupBy;
import io.tilefold.core.definition.DefinitionId;
import io.tilefold.core.plan.GroupByPlan;
import io.tilefold.ingest.log.LogLimits;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/** The definitions that are active from a log position on. Immutable; shared by threads. */
public final class ActiveCatalog {
    /** Before the first catalog. */
    public static final ActiveCatalog NONE = new ActiveCatalog(0, 0, new byte[0], List.of());

    private final long number;
    private final long position;
    private final byte[] bytes;
    private final List<ActiveDefinition> definitions;

    private ActiveCatalog(long number, long position, byte[] bytes, List<ActiveDefinition> definitions) {
        this.number = number;
        this.position = position;
        this.bytes = bytes;
        this.definitions = definitions;
    }

    /**
     * Decodes a catalog and compiles its online GroupBys.
     *
     * @throws RuntimeException saying what is wrong with it: a format, a definition, too many of them
     */
    public static ActiveCatalog compile(long number, long position, byte[] bytes) {
        Catalog catalog = CatalogCodec.decode(bytes);
        List<ActiveDefinition> definitions = new ArrayList<>();
        for (CompiledGroupBy compiled : catalog.groupBys()) {
            if (compiled.definition().online()) {
                GroupByPlan plan = GroupByPlan.compile(compiled.definition(), compiled.selected());
                definitions.add(
                        new ActiveDefinition(definitions.size(), compiled, plan, ParentJoin.of(catalog, compiled)));
            }
        }
        if (definitions.size() > LogLimits.MAX_DEFINITIONS) {
            throw new IllegalArgumentException(definitions.size() + " online GroupBys; an entry of the log tells "
                    + LogLimits.MAX_DEFINITIONS + " apart: use several deployments");
        }
        return new ActiveCatalog(number, position, bytes.clone(), List.copyOf(definitions));
    }

    /** Counts activations: an effect holds only under the catalog it was decided under. */
    public long number() {
        return number;
    }

    /** Log position from which it is active. */
    public long position() {
        return position;
    }

    public boolean hasBytes(byte[] other) {
        return number > 0 && Arrays.equals(bytes, other);
    }

    public byte[] bytes() {
        return bytes.clone();
    }

    /** Online GroupBys by name. */
    public List<ActiveDefinition> definitions() {
        return definitions;
    }

    public Optional<ActiveDefinition> find(DefinitionId id) {
        return definitions.stream().filter(one -> one.id().equals(id)).findFirst();
    }

    public Optional<ActiveDefinition> find(String name) {
        return definitions.stream().filter(one -> one.name().equals(name)).findFirst();
    }

    /** Topics that feed some GroupBy. */
    public Set<String> topics() {
        Set<String> topics = new TreeSet<>();
        definitions.forEach(one -> one.topic().ifPresent(topics::add));
        return topics;
    }

    /** Names that point to another definition here than in {@code before}, or to none there. */
    List<String> changedSince(ActiveCatalog before) {
        return definitions.stream()
                .filter(one -> before.find(one.id()).isEmpty())
                .map(ActiveDefinition::name)
                .toList();
    }
}
