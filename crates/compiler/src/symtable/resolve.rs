//! Where each variable lives: walks from each name outwards to the scope that binds it.

use orochi_syntax::ast::name::Name;

use super::{
    DEF_BOUND, DEF_COMP_CELL, DEF_FREE_CLASS, DEF_GLOBAL, DEF_NONLOCAL, DEF_TYPE_PARAM, Place, ScopeId, ScopeKind,
    SymbolTable,
};

/// A name that cannot be resolved: the message and the scope whose symbol is at fault.
pub struct Unresolved {
    pub message: String,
    pub scope: ScopeId,
    pub name: Name,
}

/// Names that a class body provides to its inner scopes through cells.
fn is_class_cell(name: &Name) -> bool {
    matches!(name.as_str(), "__class__" | "__classdict__" | "__conditional_annotations__")
}

impl SymbolTable<'_> {
    /// The scope outside `from` whose variable the name is; `None` for a global.
    fn home_of(&self, from: ScopeId, name: &Name) -> Option<ScopeId> {
        let mut at = self.scope(from).parent;
        while let Some(id) = at {
            let scope = self.scope(id);
            match scope.kind {
                ScopeKind::Module => return None,
                ScopeKind::Class => {
                    if is_class_cell(name) {
                        return Some(id);
                    }
                }
                _ => {
                    let flags = scope.flags_of(name);
                    if flags & DEF_GLOBAL != 0 {
                        return None;
                    }
                    if flags & DEF_BOUND != 0 && flags & DEF_NONLOCAL == 0 {
                        return Some(id);
                    }
                }
            }
            at = scope.parent;
        }
        None
    }

    /// The class whose namespace annotation-like scope `from` sees.
    pub fn visible_class(&self, from: ScopeId) -> Option<ScopeId> {
        let mut at = from;
        while self.scope(at).can_see_class {
            at = self.scope(at).parent?;
            if self.scope(at).kind == ScopeKind::Class {
                return Some(at);
            }
        }
        None
    }

    /// Notes that code in `from` uses the variable of `home`: every function on the way passes the cell on.
    fn capture(&mut self, from: ScopeId, home: ScopeId, name: &Name) {
        let mut crossed = false;
        let mut at = Some(from);
        while let Some(id) = at
            && id != home
        {
            let scope = self.scope_mut(id);
            if !scope.inlined {
                crossed = true;
                scope.frees.insert(name.clone());
                if scope.kind == ScopeKind::Class
                    && id != from
                    && let Some(&index) = scope.index.get(name)
                {
                    scope.symbols[index as usize].flags |= DEF_FREE_CLASS;
                }
            }
            at = scope.parent;
        }
        if !crossed {
            return;
        }
        let scope = self.scope_mut(home);
        if scope.kind == ScopeKind::Class {
            scope.class_cells.insert(name.clone());
        } else if let Some(&index) = scope.index.get(name) {
            let inlined = scope.inlined;
            let symbol = &mut scope.symbols[index as usize];
            symbol.place = Place::Cell;
            if inlined {
                symbol.flags |= DEF_COMP_CELL;
            }
        }
    }

    /// Resolves every name of every scope.
    ///
    /// # Errors
    /// A `nonlocal` without a binding.
    pub fn resolve(&mut self) -> Result<(), Unresolved> {
        for at in 0..self.scopes.len() {
            let id = ScopeId(at as u32);
            if self.scopes[at].unevaluated {
                continue;
            }
            for index in 0..self.scopes[at].symbols.len() {
                let symbol = &self.scopes[at].symbols[index];
                let (name, flags) = (symbol.name.clone(), symbol.flags);
                let kind = self.scopes[at].kind;
                let place = if flags & DEF_GLOBAL != 0 {
                    Place::GlobalExplicit
                } else if flags & DEF_NONLOCAL != 0 {
                    match self.home_of(id, &name) {
                        Some(home)
                            if self.scope(home).kind == ScopeKind::Class
                                || (self.scope(home).flags_of(&name) & DEF_TYPE_PARAM == 0
                                    || self.scopes[at].kind.is_comprehension()) =>
                        {
                            self.capture(id, home, &name);
                            Place::Free { home }
                        }
                        Some(_) => {
                            let message = format!("nonlocal binding not allowed for type parameter '{name}'");
                            return Err(Unresolved { message, scope: id, name });
                        }
                        None => {
                            let message = format!("no binding for nonlocal '{name}' found");
                            return Err(Unresolved { message, scope: id, name });
                        }
                    }
                } else if flags & DEF_BOUND != 0 {
                    // An inner scope may have made it a cell already.
                    match symbol.place {
                        Place::Cell => Place::Cell,
                        _ => Place::Local,
                    }
                } else if kind == ScopeKind::Module {
                    Place::GlobalImplicit
                } else {
                    let mut home = self.home_of(id, &name);
                    let mut explicit = false;
                    if let Some(class) = self.visible_class(id) {
                        let class_flags = self.scope(class).flags_of(&name);
                        if class_flags & DEF_GLOBAL != 0 {
                            (home, explicit) = (None, true);
                        } else if class_flags & DEF_BOUND != 0
                            && class_flags & DEF_NONLOCAL == 0
                            && home.is_none_or(|home| home.0 < class.0)
                        {
                            home = None;
                        }
                    }
                    match home {
                        Some(home) => {
                            self.capture(id, home, &name);
                            Place::Free { home }
                        }
                        None if explicit => Place::GlobalExplicit,
                        None => Place::GlobalImplicit,
                    }
                };
                self.scopes[at].symbols[index].place = place;
            }
        }
        Ok(())
    }
}
