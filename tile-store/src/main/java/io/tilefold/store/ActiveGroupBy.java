package io.tilefold.store;

import io.tilefold.core.definition.DefinitionId;
import io.tilefold.core.plan.GroupByPlan;

/** A GroupBy that the store serves: its content id, its name, and the plan its tiles are laid out by. */
public record ActiveGroupBy(DefinitionId id, String name, GroupByPlan plan) {}
