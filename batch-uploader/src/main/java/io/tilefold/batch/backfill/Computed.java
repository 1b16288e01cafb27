package io.tilefold.batch.backfill;

import io.tilefold.core.definition.DefinitionId;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * What a day was computed with. As text a line with the id, and one for each definition it is made of:
 *
 * <pre>
 *  5f0c...
 *  GroupBy airport_daily	91ab...
 *  Join flight_context	c3d4...
 * </pre>
 *
 * @param id of it all: other values, another id
 * @param ingredients kind and name of each definition, and its own id
 */
record Computed(String id, SortedMap<String, String> ingredients) {
    Computed {
        ingredients = Collections.unmodifiableSortedMap(new TreeMap<>(ingredients));
    }

    static Computed with(DefinitionId id, Map<String, DefinitionId> ingredients) {
        TreeMap<String, String> ids = new TreeMap<>();
        ingredients.forEach((name, ingredient) -> ids.put(name, ingredient.hex()));
        return new Computed(id.hex(), ids);
    }

    static Computed parse(String text) {
        List<String> lines = text.lines().toList();
        TreeMap<String, String> ingredients = new TreeMap<>();
        for (String line : lines.subList(Math.min(1, lines.size()), lines.size())) {
            int tab = line.indexOf('\t');
            if (tab > 0) {
                ingredients.put(line.substring(0, tab), line.substring(tab + 1).strip());
            }
        }
        return new Computed(lines.isEmpty() ? "" : lines.get(0).strip(), ingredients);
    }

    String text() {
        StringBuilder text = new StringBuilder(id).append('\n');
        ingredients.forEach((name, ingredient) ->
                text.append(name).append('\t').append(ingredient).append('\n'));
        return text.toString();
    }

    /** What is another definition now, for people; empty if it is the same. */
    Optional<String> difference(Computed now) {
        if (id.equals(now.id)) {
            return Optional.empty();
        }
        TreeSet<String> names = new TreeSet<>(ingredients.keySet());
        names.addAll(now.ingredients.keySet());
        List<String> changes = new ArrayList<>();
        for (String name : names) {
            String before = ingredients.get(name);
            String after = now.ingredients.get(name);
            if (before == null || after == null) {
                changes.add(name + (before == null ? " is new" : " is gone"));
            } else if (!before.equals(after)) {
                changes.add(name + " has changed");
            }
        }
        return Optional.of(changes.isEmpty() ? "of another definition" : String.join(", ", changes));
    }
}
