use libbpf_rs::{AsRawLibbpf as _, Link, MapCore as _, libbpf_sys};

use super::Program;
use crate::{Object, Result};

/// The links that one `attach()` of a skeleton makes. They are let go of together where one of them fails.
#[derive(Debug, Default)]
pub struct NewLinks<'links>(Vec<&'links mut Option<Link>>);

impl<'links> NewLinks<'links> {
    /// Attaches a program where its section says, unless it is attached, was not loaded, or its autoattach is off.
    ///
    /// # Errors
    /// [`ErrorCode::AttachFailed`](crate::ErrorCode).
    pub fn program<K>(
        &mut self,
        link: &'links mut Option<Link>,
        program: Program<'_, K>,
    ) -> Result<()> {
        if link.is_none() && program.is_loaded() && autoattaches(&program) {
            *link = Some(program.attach()?);
            self.0.push(link);
        }
        Ok(())
    }

    /// Registers a struct_ops map, unless it is registered or was not created.
    ///
    /// # Errors
    /// [`ErrorCode::AttachFailed`](crate::ErrorCode).
    pub fn struct_ops(
        &mut self,
        link: &'links mut Option<Link>,
        object: &mut Object,
        map: &'static str,
    ) -> Result<()> {
        let created = object
            .libbpf()
            .maps()
            .any(|candidate| candidate.name() == map && candidate.autocreate());
        if link.is_none() && created {
            *link = Some(object.attach_struct_ops(map)?);
            self.0.push(link);
        }
        Ok(())
    }

    /// All of them could be made, and stay.
    pub fn keep(mut self) {
        self.0.clear();
    }
}

impl Drop for NewLinks<'_> {
    fn drop(&mut self) {
        for link in &mut self.0 {
            **link = None;
        }
    }
}

fn autoattaches<K>(program: &Program<'_, K>) -> bool {
    let program = program.libbpf().as_libbpf_object().as_ptr();
    // SAFETY: the program lives as long as the object that it borrows.
    unsafe { libbpf_sys::bpf_program__autoattach(program) }
}
