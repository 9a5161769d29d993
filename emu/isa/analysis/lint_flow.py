"""Findings about where execution goes: dead code, code that runs into data, a return to the wrong place."""

from __future__ import annotations

from emu.isa.analysis.control_flow import ControlFlow
from emu.isa.analysis.lint_findings import WARNING
from emu.isa.assembler.statements import InstructionStatement, PoolStatement
from emu.isa.conditions import ALWAYS
from emu.isa.engines.lifting import Value, lift
from emu.isa.instructions.decoder import decode
from emu.isa.places import address_name

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Container

    from emu.isa.analysis.lint_findings import Findings
    from emu.isa.assembler.first_pass import FirstPass
    from emu.isa.assembler.statements import Statement
    from emu.isa.program import Program

_EXIT_HINT = "end the code before it with a branch, a return or the exit call (MOV R0, #0 and SWI #0)"
_MOST_STEPS = 200_000
"""Instructions looked at for returns, all functions together."""

_SP, _LR = 13, 14
_CALLER, _CALL, _OTHER = 1, 2, 4
"""What LR may hold: the return address of the function, that of a call it made, something else."""


def check_reachability(
    flow: ControlFlow, first: FirstPass, program: Program, unused: Container[str], findings: Findings
) -> None:
    """UNREACHABLE_CODE, POOL_FALLTHROUGH and DATA_FALLTHROUGH. `unused` labels have been told of already."""
    _check_dead_code(flow, first, unused, findings)
    for address in flow.runs_out:
        statement = flow.statement_at(address)
        if statement is None:
            continue
        behind = flow.statement_at(address + 4)
        if isinstance(behind, PoolStatement):
            # The pools at the end have no line of their own.
            place = behind if behind.uses else statement
            findings.at(place, WARNING, "POOL_FALLTHROUGH", "execution can fall into the literal pool", _EXIT_HINT)
        elif behind is None:
            findings.at(
                statement, WARNING, "DATA_FALLTHROUGH", "execution can run past the end of the program", _EXIT_HINT
            )
        else:
            name = address_name(program, address + 4)
            message = f"execution can run into the data at {name}, line {behind.frame.line(behind.index)}"
            findings.at(statement, WARNING, "DATA_FALLTHROUGH", message, _EXIT_HINT)


def _check_dead_code(flow: ControlFlow, first: FirstPass, unused: Container[str], findings: Findings) -> None:
    code = [s for s in first.statements if isinstance(s, InstructionStatement)]
    alive = {_line(s) for s in code if s.address in flow.reachable}
    labels: dict[int, list[str]] = {}
    for definition in first.symbols.definitions.values():
        if definition.is_label:
            labels.setdefault(definition.value, []).append(definition.name)
    before: Statement | None = None
    inside = False
    for statement in code:
        if _line(statement) in alive:
            inside = False
        else:
            names = labels.get(statement.address, [])
            is_new = not inside or bool(names and before is not None and not flow.step(before.address).falls)
            if is_new and not any(name in unused for name in names):
                findings.at(statement, WARNING, "UNREACHABLE_CODE", _why_dead(names, before, statement))
            inside = True
        before = statement


def _line(statement: Statement) -> tuple[str, int, int]:
    return statement.frame.source.name, statement.frame.line(statement.index), statement.column


def _why_dead(names: list[str], before: Statement | None, statement: Statement) -> str:
    if names:
        return f"nothing that is executed leads to {names[0]}"
    if before is not None and before.address + 4 == statement.address:
        line = before.frame.line(before.index)
        return f"this is never executed: execution does not go on behind line {line}, and there is no label here"
    return "this is never executed: nothing leads here"


# -- returns ----------------------------------------------------------------------------------------------------------


def check_returns(flow: ControlFlow, findings: Findings) -> None:
    """RETURN_ADDRESS_LOST: a return by LR where LR can only hold the return address of a call made before."""
    bodies: dict[int, set[int]] = {}
    steps = 0
    for entry in sorted(flow.entries):
        bodies[entry] = flow.body(entry)
        steps += len(bodies[entry])
        if steps > _MOST_STEPS:
            return
    restoring = _with_callers(
        flow, bodies, {entry for entry, body in bodies.items() if any(_sets_lr(flow, address) for address in body)}
    )
    reported: set[int] = set()
    for entry in sorted(bodies):
        for address, call in _lost_returns(flow, entry, restoring):
            statement, caller = flow.statement_at(address), flow.statement_at(call)
            if address in reported or statement is None or caller is None:
                continue
            reported.add(address)
            message = (
                f"LR holds the address behind the call in line {caller.frame.line(caller.index)}: "
                "this returns there, again and again"
            )
            hint = "save LR before the call, PUSH {LR}, and return with POP {PC}"
            findings.at(statement, WARNING, "RETURN_ADDRESS_LOST", message, hint)


def _with_callers(flow: ControlFlow, bodies: dict[int, set[int]], functions: set[int]) -> set[int]:
    """`functions` and everything that calls one of them, directly or not."""
    callers: dict[int, list[int]] = {}
    for entry, body in bodies.items():
        for address in body:
            step = flow.step(address)
            if step.is_call and step.target is not None:
                callers.setdefault(step.target, []).append(entry)
    found: set[int] = set()
    pending = list(functions)
    while pending:
        entry = pending.pop()
        if entry not in found:
            found.add(entry)
            pending += callers.get(entry, [])
    return found


def _sets_lr(flow: ControlFlow, address: int) -> bool:
    """Whether an instruction that is no call writes LR from something other than the stack."""
    if flow.step(address).is_call:
        return False
    lifted = lift(decode(flow.word(address)), address)
    for number, value in lifted.registers:
        if number == _LR and not (value.op == "loaded" and _SP in _registers(lifted.steps[value.args[0]].address)):
            return True
    return False


def _registers(value: Value) -> set[int]:
    found: set[int] = set()
    pending = [value]
    while pending:
        node = pending.pop()
        if node.op == "register":
            found.add(node.args[0])
        pending += [arg for arg in node.args if isinstance(arg, Value)]
    return found


def _lost_returns(flow: ControlFlow, entry: int, restoring: set[int]) -> list[tuple[int, int]]:
    """Returns of one function that can only go behind a call: their addresses, and the call's."""
    states: dict[int, int] = {}
    calls: dict[int, int] = {}
    pending = [(entry, _CALLER, -1)]
    while pending:
        address, state, call = pending.pop()
        known = states.get(address, 0)
        if known | state == known:
            continue
        states[address] = state = known | state
        if call >= 0:
            calls.setdefault(address, call)
        state, call = _after(flow, address, state, calls.get(address, -1), restoring)
        pending += [(following, state, call) for following in flow.successors(address)]
    return [
        (address, calls[address])
        for address, state in sorted(states.items())
        if state == _CALL and address in calls and _returns_by_lr(flow, address)
    ]


def _after(flow: ControlFlow, address: int, state: int, call: int, restoring: set[int]) -> tuple[int, int]:
    """What LR may hold behind an instruction."""
    word = flow.word(address)
    step = flow.step(address)
    kept = 0 if word >> 28 == ALWAYS else state
    if step.is_call:
        known = step.target is not None and step.target not in restoring
        return kept | (_CALL if known else _OTHER), address
    if step.target is None and any(number == _LR for number, _ in lift(decode(word), address).registers):
        return kept | _OTHER, -1
    return state, call


def _returns_by_lr(flow: ControlFlow, address: int) -> bool:
    if not flow.step(address).leaves:
        return False
    lifted = lift(decode(flow.word(address)), address)
    return lifted.target is not None and not lifted.steps and _registers(lifted.target) == {_LR}
